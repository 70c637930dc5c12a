"""The format of Trevi's sites, as reported: cards in `div.liste_biens`, a table of labels in `div.bien--details`."""
