"""`python -m experiments` is `counterplay`."""

from experiments.start import main

main()
