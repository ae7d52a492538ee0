"""Routes of other systems, spelt as their clients know them: one address to change (docs/how-to/drop-in).

Each family can be switched off (``PLATEWISE_VENDORS``) and has a scope of its own, ``vendor:<family>``.
"""
