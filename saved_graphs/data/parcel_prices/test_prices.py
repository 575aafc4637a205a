"""Holds the prices of parcels to what customers were told."""

from prices import price


def test_a_light_parcel() -> None:
    assert price(0.4) == 390


def test_a_parcel_of_exactly_two_kilograms() -> None:
    assert price(2) == 490  # fails: it says 690
