import { all, type LockCase } from '../case.ts';

export const partitions: readonly LockCase[] = [
  ...all(
    'CREATE TABLE fresh PARTITION OF events FOR VALUES FROM (500) TO (600)',
    'CREATE TABLE fresh PARTITION OF logs FOR VALUES IN (9)',
    'CREATE TABLE fresh PARTITION OF visits FOR VALUES FROM (500) TO (600)',
    'ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM (200) TO (300)',
    'ALTER TABLE events ATTACH PARTITION events_4 FOR VALUES FROM (300) TO (400)',
    'ALTER TABLE events ATTACH PARTITION events_3 DEFAULT',
    'ALTER TABLE logs ATTACH PARTITION logs_2 FOR VALUES IN (2)',
    'ALTER TABLE events DETACH PARTITION events_1',
    'ALTER TABLE logs DETACH PARTITION logs_1',
    'ALTER TABLE logs DETACH PARTITION logs_rest',
    'ALTER TABLE visits DETACH PARTITION visits_1',
  ),
];
