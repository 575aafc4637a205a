"""Prices of parcels by weight in kilograms, in cents."""

STEPS = [(1, 390), (2, 490), (5, 690), (10, 990)]


def price(weight: float) -> int:
    """The price of a parcel. Raises ValueError for a weight that is not taken."""
    for most, cents in STEPS:
        if weight < most:
            return cents
    raise ValueError(f"{weight} kg is too heavy")
