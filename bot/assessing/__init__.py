"""An evaluation in person: begun with its first mark, marked by criterion, finished once by an accredited evaluator."""
