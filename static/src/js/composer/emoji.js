// A short list for people who write about food. The system's own keyboard has the rest.
const LIST = `🍕 pizza|🍝 pasta|🍔 burger|🌭 hot dog|🥪 sandwich|🌮 taco|🌯 wrap|🥙 pita|🥗 salad|🍲 stew|🍜 noodles|🍛 curry|🍣 sushi|🍱 bento|🥟 dumpling|🍤 shrimp|🦞 lobster|🐟 fish|🥩 steak|🍗 chicken|🥓 bacon|🍟 fries|🥘 paella|🍳 eggs|🥞 pancakes|🧇 waffle|🥐 croissant|🥖 bread|🥨 pretzel|🧀 cheese|🍅 tomato|🥑 avocado|🌶️ spicy|🌿 herbs|🌱 vegan|🍋 lemon|🍓 strawberry|🍰 cake|🎂 birthday cake|🧁 cupcake|🍪 cookie|🍩 donut|🍫 chocolate|🍦 ice cream|🍮 pudding|☕ coffee|🍵 tea|🥤 soft drink|🍺 beer|🍻 cheers|🍷 wine|🥂 toast|🍸 cocktail|🍹 tropical drink|🍾 bottle|🔥 fire|✨ sparkles|❤️ heart|😍 heart eyes|😋 delicious|🤤 drooling|🎉 party|👩‍🍳 chef|👨‍🍳 cook|🍽️ plate|🕕 six o'clock|📍 place|📞 phone|👉 this way|👇 below|⭐ star|🎶 music|☀️ sun|🌙 evening|❄️ winter|🍂 autumn|🎄 Christmas|🎃 Halloween`;

export const emojis = LIST.split("|").map((item) => {
  const space = item.indexOf(" ");
  return { char: item.slice(0, space), name: item.slice(space + 1) };
});
