-- Converts one text after another: each comes as a line of source format, target format, wrapping, columns and size, then so many
-- bytes; the answer is "ok" or "no" with its size, then the text or the message.
while true do
  local head = io.read('l')
  if not head then break end
  local source, target, wrap, columns, size = head:match('^(%S+) (%S+) (%S+) (%d+) (%d+)$')
  local text = size == '0' and '' or io.read(tonumber(size))
  local ok, out = pcall(function()
    return pandoc.write(pandoc.read(text, source, {columns = tonumber(columns)}), target, {wrap_text = wrap})
  end)
  out = tostring(out)
  io.write(ok and 'ok ' or 'no ', #out, '\n', out)
  io.flush()
end
