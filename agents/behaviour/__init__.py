"""Behaviour of one subscriber, as plain functions an economist can read."""
