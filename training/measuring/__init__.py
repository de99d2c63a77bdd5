"""What a model is worth, in figures, tables, plots and pages."""
