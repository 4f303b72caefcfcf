"""What observed months say about parameters nobody knows, as an ensemble of draws."""
