"""What better prediction of churn is worth."""
