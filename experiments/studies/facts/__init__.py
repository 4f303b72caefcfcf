"""Stylised facts of mobile markets, each compared with runs of the calibrated market.

A fact is a claim with a source, a criterion fixed beside it, and a function that measures the same
thing in the model. Groups of facts are modules of this package; `registry` knows them all.
"""
