"""Many pictures, read by the processes of one machine or by a Ray cluster. A run that was killed goes on."""
