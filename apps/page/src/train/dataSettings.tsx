import { pictureFormats } from '@convkit/data'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type FolderFile, filesOf } from '../data/folder.js'
import type { TrainProps } from './props.js'
import { fitted } from './recipeChoice.js'

export function DataSettings({ config, onConfig, trainer }: TrainProps) {
  const input = useRef<HTMLInputElement>(null)
  const chosen = useRef<readonly FolderFile[] | null>(null)
  const [skipUnreadable, setSkipUnreadable] = useState(false)
  const { data } = trainer.state
  useEffect(() => {
    // Preact has no name for it.
    input.current?.setAttribute('webkitdirectory', '')
  }, [])

  async function take(files: readonly FolderFile[], skip: boolean) {
    chosen.current = files
    const found = await trainer.ask((remote) => remote.useFolder(files, skip))
    if (found) onConfig(fitted(config, trainer, found.counts.train))
  }

  async function takeSample() {
    chosen.current = null
    const found = await trainer.ask((remote) => remote.useSample())
    if (found) onConfig(fitted(config, trainer, found.counts.train))
  }

  return (
    <fieldset>
      <legend>Images</legend>
      {data && (
        <p>
          {data.title}, {data.classNames.length} classes: {data.counts.train.toLocaleString('en')} to train,{' '}
          {data.counts.validation} to validate, {data.counts.test} to test
        </p>
      )}
      {data?.notes.map((note) => (
        <p key={note} class="small" role="status">
          {note}
        </p>
      ))}
      <p class="buttons">
        <button type="button" onClick={() => input.current?.click()}>
          Use a folder of yours
        </button>
        {data?.own && (
          <button type="button" onClick={() => void takeSample()}>
            Back to CIFAR-10
          </button>
        )}
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={skipUnreadable}
          onChange={({ currentTarget: { checked } }) => {
            setSkipUnreadable(checked)
            if (chosen.current) void take(chosen.current, checked)
          }}
        />
        Leave out images that cannot be read
      </label>
      <p class="small quiet">
        A folder with a folder of images ({pictureFormats}) for each class, or with train and val above them. They stay
        on this device and are cut to 32 × 32 pixels.
      </p>
      <input
        ref={input}
        class="hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="A folder of labelled images"
        onChange={({ currentTarget }) => void take(filesOf(currentTarget.files ?? []), skipUnreadable)}
      />
    </fieldset>
  )
}
