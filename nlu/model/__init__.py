"""The local engine: a linear model, trained from the examples at first start, beside the rules of the plain engine."""
