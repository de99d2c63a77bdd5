"""The real bot as a process of its own, under load and under the axe: `make soak` and `make crash`."""
