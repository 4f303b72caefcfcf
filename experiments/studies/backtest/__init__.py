"""Would we have known? Markets of the case, predicted from the years before."""
