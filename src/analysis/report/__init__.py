"""How is it told? Figures, tables, computed sentences, the HTML template, audience packs."""
