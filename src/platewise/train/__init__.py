"""The only place with torch: data, models, losses, the loop, evaluation, export."""
