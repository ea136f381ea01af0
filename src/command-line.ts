/** A command as it can be run: nothing is installed, so the bundle of the checkout or release is named. */
export const commandLine = (rest: string): string => `node dist/cli.mjs ${rest}`;
