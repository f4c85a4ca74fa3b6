"""What sets clusters, and the sides of every split, apart."""

from forensic_style.explain.cards import Card, Finding, deal_cards, list_sides, shorten_cards
from forensic_style.explain.members import choose_images
from forensic_style.explain.traits import Trait

__all__ = ["Card", "Finding", "Trait", "choose_images", "deal_cards", "list_sides", "shorten_cards"]
