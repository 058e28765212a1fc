/**
 * Records a use. KEYS: the key of the id. ARGV: its end, a nonce of this use, the deadline; times in milliseconds.
 *
 * - A command can wait in the queue of a client that reconnects. After its deadline the caller was told that it failed, and
 *   the use must not count, so that it can be tried again.
 * - A key with an end in the past would not be stored, and every use would be the first.
 * - A client that lost its connection may send a command twice. The nonce shows that the first use was this one.
 */
export const firstUseScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function answer(outcome) return { outcome, string.format('%.0f', now) } end

if now > tonumber(ARGV[3]) then return answer('late') end
if tonumber(ARGV[1]) <= now then return answer('ended') end
if redis.call('SET', KEYS[1], ARGV[2], 'NX', 'PXAT', ARGV[1]) then return answer('first') end
if redis.call('GET', KEYS[1]) == ARGV[2] then return answer('first') end
return answer('used')
`
