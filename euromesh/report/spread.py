"""The seed of the draws and how many are noted, where other numbers look for them."""

from euromesh.facts.draws import NOTED as NOTED
from euromesh.facts.draws import SEED as SEED
