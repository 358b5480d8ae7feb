const reasons: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this disk is used up',
  EACCES: 'there is no permission to',
  EPERM: 'the system does not permit it',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  ENOENT: 'there is no such file or folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  EFBIG: 'it is larger than a file may be here',
  EIO: 'the disk reports an error',
  EPIPE: 'nobody reads the pipe any more',
}

/** What the system said, in words; the message of any other error. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause)
  const said = cause instanceof Error ? cause.message : String(cause)
  return code && code in reasons ? `${reasons[code]} (${code})` : said
}

/** `ENOENT` of an error of the system. */
export function codeOf(cause: unknown): string | null {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null
}
