"""How is it told? Figures, tables, computed sentences, the HTML template, audience packs."""

import sys

# jupyter's validators load a grammar parser for internationalised addresses, which costs every process
# a second and which no notebook needs: they do without where it cannot be imported.
sys.modules.setdefault("rfc3987_syntax", None)
