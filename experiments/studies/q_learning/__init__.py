"""Firms that learn to price: the game they are put into, their sessions, what they come to do."""
