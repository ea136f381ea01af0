import type { ConnectionFacts } from '../postgres/facts.ts';
import { connectionUrl, parseServerUrl } from '../postgres/url.ts';
import { Secret } from '../secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A password that is as good as public would match half of an environment. */
const SHORTEST_SECRET = 6;

function leadsThere(text: string, { host, port, database }: ConnectionFacts): boolean {
  if (!/^postgres(ql)?:\/\//.test(text)) return false;
  try {
    const found = parseServerUrl(new Secret(text));
    return found.host === host && found.port === port && found.database === database;
  } catch {
    return false;
  }
}

/**
 * The job's environment without a way to the database past the proxy: a variable with the database's URL or its password
 * gets the proxy's, one that holds the password among other text is left out.
 */
export function throughProxy(
  environment: Environment,
  real: ConnectionFacts,
  proxy: ConnectionFacts,
): Environment {
  const password = real.password.reveal();
  const isSecret = password.length >= SHORTEST_SECRET && password !== real.user && password !== real.database;
  const forms = isSecret ? [password, encodeURIComponent(password)] : [];
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      if (value === undefined) return [];
      if (leadsThere(value, real)) return [[name, connectionUrl(proxy).reveal()]];
      if (forms.includes(value)) return [[name, proxy.password.reveal()]];
      return forms.some((form) => value.includes(form)) ? [] : [[name, value]];
    }),
  );
}
