"""/retrain and /models: training runs, and which version answers."""
