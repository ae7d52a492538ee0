"""How other systems spell what Platewise says, and what they say themselves. Pure: values in, values out."""
