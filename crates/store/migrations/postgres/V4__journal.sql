-- What a tenant's row has to say of its journal: the number of the newest change of each entity set, in the order of the
-- sets' numbers, as of now and as of before the last commit; and the number up to which the journal was pruned.
alter table tenant add column newest bigint[] not null default '{}', add column before bigint[] not null default '{}',
    add column pruned bigint not null default 0;

-- Nothing is known of what there is: any set may have changed last.
update tenant set newest =
    array_fill(sequence, array[(select coalesce(max(number), 0) + 1 from numbered where list = 'sets')]);
