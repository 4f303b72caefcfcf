"""The questions that can be asked, one file or folder each."""
