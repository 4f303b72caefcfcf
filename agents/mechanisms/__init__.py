"""What can be held, promised, collected or lost beside a plan: one file a mechanism."""
