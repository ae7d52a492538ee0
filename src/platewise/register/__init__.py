"""What a sighting means: car parks, their lists, rules and tariffs. Pure: no SQL, no clock, no numpy.

``lots.admit(sighting, state)`` decides, ``state.after(decision)`` is the car park afterwards; what a person
does goes through ``desk``, what a person should look at comes from ``review``, and ``tariffs`` says what a
stay costs.
"""
