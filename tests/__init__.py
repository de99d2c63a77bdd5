"""The tests mirror the packages; each module opens with the contract it checks."""
