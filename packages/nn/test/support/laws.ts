import { expect, test } from 'vitest'

/** What holds for every right subject, by name: each fails an expectation for one that breaks it. */
export type Laws<Subject, Name extends string> = { readonly [N in Name]: (subject: Subject) => Promise<void> }

/** Wrong subjects, each with a law that must find it. */
export type Faults<Subject, Name extends string> = {
  readonly [says: string]: { readonly killer: Name; readonly subject: Subject }
}

/** The right subject keeps every law, every fault breaks one that is named beforehand, and no law is without a fault. */
export function testLaws<Subject, Name extends string>(
  what: string,
  laws: Laws<Subject, Name>,
  right: Subject,
  faults: Faults<Subject, Name>,
): void {
  const named = Object.entries<Laws<Subject, Name>[Name]>(laws)
  test.each(named)(`${what} keeps the law: %s`, async (_, law) => law(right))

  test.each(Object.entries(faults))(`the laws of ${what} find: %s`, async (_, { killer, subject }) => {
    await expect(laws[killer](subject)).rejects.toMatchObject({ name: 'AssertionError' })
  })

  test(`every law of ${what} finds a fault`, () => {
    const killers = new Set<string>(Object.values(faults).map(({ killer }) => killer))
    expect(named.map(([name]) => name).filter((name) => !killers.has(name))).toEqual([])
  })
}
