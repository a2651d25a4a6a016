/** What the code takes for granted and Node 20 does not have: the packed tool runs there too. Loaded before anything else. */

const maps: { groupBy?: typeof Map.groupBy } = Map
maps.groupBy ??= function groupBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item, index: number) => Key) {
  const groups = new Map<Key, Item[]>()
  let index = 0
  for (const item of items) {
    const key = keyOf(item, index)
    index += 1
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
