"""`make bench`: what answers and training runs cost, measured on the real programs."""
