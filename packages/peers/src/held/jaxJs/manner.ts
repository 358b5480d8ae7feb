/** `plain` as the library is meant to be used; `careful` around what would hide all else. */
export type Manner = 'plain' | 'careful'
