"""Class folders in, model versions out: data sets, fitting, figures and the gate."""
