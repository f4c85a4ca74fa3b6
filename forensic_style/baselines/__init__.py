"""Other ways to find styles, to compare with: estimators of plain matrices."""
