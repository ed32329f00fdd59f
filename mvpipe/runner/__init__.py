"""Carries plans out against a backend, telling an observer what happens."""
