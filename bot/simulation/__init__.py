"""A stream of labelled pictures through the real loop, with people who are not real."""
