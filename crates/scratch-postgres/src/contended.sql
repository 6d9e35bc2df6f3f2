-- Makes a database SERIALIZABLE, and has it undo each so many-th transaction as if it were in the way of others: at its first
-- or second statement, or at its commit, by turns with the one error and the other. Sequences count, so that a run can be
-- repeated and nothing that is undone is forgotten.
create schema injection;
grant usage on schema injection to public;
create sequence injection.transactions;
create sequence injection.failures;
grant usage, select on all sequences in schema injection to public;

create function injection.fail() returns void language plpgsql as $$ begin
    raise exception 'injected' using errcode = case nextval('injection.failures') % 2 when 1 then '40001' else '40P01' end;
end $$;

-- Counts a statement of the transaction. `injection.turn` is what is left until it fails, or `commit`, or `never`.
create function injection.count_statement() returns boolean language plpgsql as $$
declare
    turn text := current_setting('injection.turn', true);
    number bigint;
begin
    if current_setting('transaction_read_only') = 'on' then
        return true;
    end if;
    -- A restore is alone with its database.
    if current_query() like 'copy %' then
        turn := 'never';
    elsif coalesce(turn, '') = '' then
        number := nextval('injection.transactions');
        turn := case number % {one_in} when 0 then (array['1', '2', 'commit'])[1 + number / {one_in} % 3] else 'never' end;
    end if;
    if turn = '1' then
        perform injection.fail();
    end if;
    perform set_config('injection.turn', case turn when '2' then '1' else turn end, true);
    return true;
end $$;

create function injection.before_statement() returns trigger language plpgsql as $$ begin
    perform injection.count_statement();
    return null;
end $$;

create function injection.at_commit() returns trigger language plpgsql as $$ begin
    perform injection.fail();
    return null;
end $$;

create function injection.arm_writes() returns event_trigger language plpgsql as $$
declare
    created record;
begin
    for created in select object_identity as name from pg_event_trigger_ddl_commands() where object_type = 'table' loop
        execute format('create trigger before_statement before insert or update or delete on %s
            for each statement execute function injection.before_statement()', created.name);
        execute format('create constraint trigger at_commit after insert or update or delete on %s
            deferrable initially deferred for each row when (current_setting(''injection.turn'', true) = ''commit'')
            execute function injection.at_commit()', created.name);
    end loop;
end $$;

-- A policy is what sees a statement that only reads; a superuser has none. It comes with the first index that is made
-- later, since a restore, which makes indexes last, cannot copy rows into a table that has one.
create function injection.arm_reads() returns event_trigger language plpgsql as $$
declare
    created record;
begin
    for created in select oid::regclass as name from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace and not relforcerowsecurity loop
        execute format('alter table %s enable row level security, force row level security', created.name);
        execute format('create policy all_rows on %s using (true)', created.name);
        execute format('create policy before_read on %s as restrictive for select
            using ((select injection.count_statement()))', created.name);
    end loop;
end $$;

create event trigger arm_writes on ddl_command_end when tag in ('CREATE TABLE') execute function injection.arm_writes();
create event trigger arm_reads on ddl_command_end when tag in ('CREATE INDEX') execute function injection.arm_reads();
