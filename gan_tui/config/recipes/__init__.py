"""Named settings. A recipe is one file here and one line in :data:`RECIPES`."""

from typing import Final

from gan_tui.config.recipes.article import ARTICLE
from gan_tui.config.recipes.balanced import BALANCED
from gan_tui.config.recipes.labelled import LABELLED
from gan_tui.config.recipes.recipe import Recipe
from gan_tui.config.recipes.swift import SWIFT

RECIPES: Final[dict[str, Recipe]] = {recipe.name: recipe for recipe in (ARTICLE, BALANCED, LABELLED, SWIFT)}

__all__ = ["RECIPES", "Recipe"]
