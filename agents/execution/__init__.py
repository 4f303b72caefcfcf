"""How decisions become deeds: offers, campaigns, alliances, money."""
