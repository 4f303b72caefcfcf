"""From a recommendation to a pilot in some regions that can fail, or the verdict that none can."""
