"""French words of file headers in English, so that one list of phrases serves both languages."""

from __future__ import annotations

import re
import unicodedata

_ACCENT = re.compile(r"[\u0300-\u036f]")
_JOINING = {"d", "de", "des", "du", "en", "l", "la", "le", "les"}
_ENGLISH = {
    "adresse": "address",
    "agence": "branch",
    "arrondissement": "district",
    "banque": "bank",
    "bande": "band",
    "categorie": "category",
    "classe": "class",
    "confiance": "confidence",
    "densite": "density",
    "femmes": "female",
    "fournisseur": "provider",
    "frequence": "frequency",
    "habitants": "inhabitants",
    "hauteur": "height",
    "hommes": "male",
    "identifiant": "id",
    "libelle": "name",
    "localite": "settlement",
    "menages": "households",
    "nom": "name",
    "numero": "number",
    "operateur": "operator",
    "personnes": "persons",
    "remarques": "remarks",
    "revetement": "surface",
    "societe": "company",
    "technologie": "technology",
    "telephone": "phone",
    "vitesse": "speed",
}
# Short words that are others within an English name ('pop est' is an estimate).
_WHOLE = {"est": "east", "nord": "north"}


def in_english(words: str) -> str:
    """Lower-case words without accents, the French ones that are known put into English; others as they are."""
    plain = _ACCENT.sub("", unicodedata.normalize("NFD", words))
    if plain in _WHOLE:
        return _WHOLE[plain]
    found = plain.split()
    if not any(word in _ENGLISH for word in found):
        return plain
    return " ".join(_ENGLISH.get(word, word) for word in found if word not in _JOINING)
