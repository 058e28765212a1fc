/**
 * What all scripts begin with. A record is a field of one hash, `r` and its id; its value there is its revision, its end or
 * `-`, and what it holds. The field `m` says where the history of the store is, so that it is lost together with the records.
 *
 * | key       | holds |
 * | --------- | --- |
 * | records   | the hash |
 * | changes   | of each record that was changed or removed, the number of its last change: sorted |
 * | lineage   | the nonces of the latest changes, the last one last: they tell a store that was restored from a backup |
 * | endings   | when records end: sorted |
 */
const beginning = `
local records, changes, lineage, endings = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local history = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function whole(number) return string.format('%.0f', number) end

-- How many changes there were, the nonce of the last one, the number from which on all changes are told, and how many
-- records the changes tell of.
local number, nonce, complete, told = 0, '0', 0, 0
local place = redis.call('HGET', records, 'm')
if place then
  local a, b, c, d = string.match(place, '^(%d+) (%S+) (%d+) (%d+)$')
  number, nonce, complete, told = tonumber(a), b, tonumber(c), tonumber(d)
end

local function revision() return whole(number) .. '-' .. nonce end

local function remember()
  redis.call('HSET', records, 'm', whole(number) .. ' ' .. nonce .. ' ' .. whole(complete) .. ' ' .. whole(told))
end

-- A change of a record. The first command of it is refused when memory is full: then nothing has happened yet.
local function note(field, mark)
  told = told + redis.call('ZADD', changes, whole(number + 1), field)
  number, nonce = number + 1, mark
  redis.call('RPUSH', lineage, mark)
  redis.call('LTRIM', lineage, -history, -1)
  while told > redis.call('HLEN', records) + history do
    local oldest = redis.call('ZPOPMIN', changes)
    complete, told = tonumber(oldest[2]), told - 1
  end
end

-- What the hash holds of a record that has not ended.
local function find(field)
  local stored = redis.call('HGET', records, field)
  if not stored then return nil end
  local ends = string.match(stored, '^%S+ (%S+) ')
  if ends ~= '-' and tonumber(ends) <= now then return nil end
  return stored
end

-- Removes some of the records that have ended.
local function sweep(mark)
  local due = redis.call('ZRANGEBYSCORE', endings, '-inf', whole(now), 'LIMIT', 0, 100)
  for _, field in ipairs(due) do
    if find(field) == nil and redis.call('HEXISTS', records, field) == 1 then
      note(field, mark)
      redis.call('HDEL', records, field)
    end
    redis.call('ZREM', endings, field)
  end
  if #due > 0 then remember() end
end
`

/**
 * KEYS as above. ARGV: how many changes can be told, id, action, value, what its writer saw, nonce, end, deadline, channel.
 */
export const writeScript: string = `${beginning}
local field, action, value, seen, mark, ends, deadline, channel = 'r' .. ARGV[2], unpack(ARGV, 3)

if deadline ~= '-' and now > tonumber(deadline) then return { 'late', whole(now) } end

-- The changes were lost alone, or the records were: from here on they are told again.
if redis.call('ZCARD', changes) ~= told then
  redis.call('DEL', changes)
  complete, told = number, 0
end

-- A client that has lost its connection may send a command twice.
local recent = redis.call('LRANGE', lineage, -128, -1)
for index, one in ipairs(recent) do
  if one == mark then return { 'done', whole(now), whole(number - #recent + index) .. '-' .. mark } end
end

sweep(mark .. '*')
local stored = find(field)
local current = stored and '=' .. string.match(stored, '^%S+') or '-'
if current ~= seen then return { 'lost', whole(now) } end

note(field, mark)
if action == 'set' then
  redis.call('HSET', records, field, revision() .. ' ' .. ends .. ' ' .. value)
else
  redis.call('HDEL', records, field)
end
if action == 'set' and ends ~= '-' then
  redis.call('ZADD', endings, ends, field)
else
  redis.call('ZREM', endings, field)
end
remember()
-- A user that may not publish may still write.
redis.pcall('PUBLISH', channel, revision())
return { 'done', whole(now), revision() }
`

/**
 * KEYS as above. ARGV: how many changes can be told, the number and the nonce of the place that the reader knows, a nonce,
 * how many changes and how many records fit into an answer.
 */
export const readScript: string = `${beginning}
local since, known, mark, page, few = tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

-- A reader must not fail where nothing can be written: memory is full, or this is a replica.
pcall(sweep, mark .. '*')

local function nonceAt(wanted)
  if wanted == number then return nonce end
  return redis.call('LINDEX', lineage, wanted - number - 1)
end

local isReset = since > number
if since >= 0 and since <= number then
  local was = nonceAt(since)
  isReset = was and was ~= known
  local isTold = was == known and since >= complete and redis.call('ZCARD', changes) == told
  local upTo = math.min(number, since + page)
  local reached = nonceAt(upTo)
  if isTold and reached then
    local answer = { 'changes', whole(now), whole(upTo) .. '-' .. reached, upTo < number and 'more' or 'end' }
    for _, field in ipairs(redis.call('ZRANGEBYSCORE', changes, '(' .. whole(since), whole(upTo))) do
      table.insert(answer, field)
      table.insert(answer, find(field) or '')
    end
    return answer
  end
end

local answer = { 'all', whole(now), revision(), isReset and 'reset' or 'same' }
if redis.call('HLEN', records) > few then
  answer[1] = 'scan'
  return answer
end
for _, stored in ipairs(redis.call('HGETALL', records)) do table.insert(answer, stored) end
return answer
`

/** KEYS as above. ARGV: the cursor, how many records at a time. */
export const scanScript: string = `
local scanned = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local answer = { scanned[1] }
for _, stored in ipairs(scanned[2]) do table.insert(answer, stored) end
return answer
`
