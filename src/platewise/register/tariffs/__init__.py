"""What a stay costs: a tariff is a TOML file, a quote is a receipt whose lines add up.

``library.parse(toml)`` gives the ``Tariff``, ``quoting.quote(tariff, stay)`` the ``Receipt``,
``payment.owed(receipt, paid)`` what is still to pay. Taking the money is another's work: here it is an event.
"""
