/** Every action; the first is the root one. Each has an action.yml, an input schema and a thin bundle of this name. */
export const actionNames = [
  'pullgres',
  'branch',
  'connect',
  'lint',
  'rehearse',
  'test',
  'report',
  'publish',
  'teardown',
  'sweep',
  'refresh',
] as const;
export type ActionName = (typeof actionNames)[number];
