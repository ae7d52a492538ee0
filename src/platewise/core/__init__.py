"""Values: geometry, frames, plates, lattices, reads. Standard library and numpy only."""
