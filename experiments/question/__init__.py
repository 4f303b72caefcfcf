"""What is asked: composed, resolved, checked against schemas."""
