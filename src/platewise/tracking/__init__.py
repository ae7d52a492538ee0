"""From the reads of frames to sightings: link, vote, tell each passage once. Pure: no clock, no pictures."""
