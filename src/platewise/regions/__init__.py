"""Countries as data: plate series, their syntax, their look, and which signs look alike."""
