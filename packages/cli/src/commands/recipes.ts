import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { recipeNames } from 'convkit/training'
import { loadRecipe, recipeText } from '../recipes.js'
import { print, printJson, table } from '../terminal.js'

export function recipesCommand(): CommandUnknownOpts {
  return new Command('recipes')
    .summary('whole trainings that come along, in a file each')
    .description(
      'List the recipes that `train --recipe` takes by name, or print the file of one, to start your own from.',
    )
    .argument('[name]', 'print this recipe')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
A recipe is a module that exports \`recipe\`: layers, optimizer, schedule, augmentation, epochs. Flags of \`train\` win over it.

Examples:
  convkit recipes
  convkit recipes lenet > mine.ts
  convkit train --recipe lenet --epochs 2
  convkit train --recipe ./mine.ts --out mine.safetensors`,
    )
    .action(async (name, { json = false }) => {
      if (name !== undefined) {
        const text = await recipeText(name)
        if (json) printJson({ name, text })
        else print(text.trimEnd())
        return
      }
      const recipes = await Promise.all(
        recipeNames.map(async (own) => ({ name: own, description: (await loadRecipe(own, '.')).description })),
      )
      if (json) printJson(recipes)
      else
        print(
          table(
            ['recipe', 'what it is'],
            recipes.map((own) => [own.name, own.description]),
          ),
        )
    })
}
