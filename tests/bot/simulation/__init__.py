"""Tests of bot.simulation."""
